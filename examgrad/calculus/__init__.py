"""Keys derived and verified: derivatives, gradients, Jacobians, Hessians and optimiser steps."""
