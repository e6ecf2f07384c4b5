"""Models as they are, read into a network's entries: the text of PyTorch's ``print(model)``, and ONNX files.

=================  ==============================================================================
``printed.py``     the text of ``print(model)`` as a tree of modules
``known.py``       how the classes that everybody prints call their modules, in one table
``unrolled.py``    a tree of modules as entries: one a call, in the order printed or known
``fitted.py``      entries and an input as a table, as far as a text tells it
``onnx_file.py``   an ONNX file's graph, checked and reduced to what a table needs
``onnx_nodes.py``  its nodes as entries, in one table
=================  ==============================================================================

:func:`examgrad.layers.models.model.read_model` reads either.
"""
