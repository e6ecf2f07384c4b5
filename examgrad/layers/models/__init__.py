"""Models as they are, read into a network's entries: the text of PyTorch's ``print(model)``, and ONNX files.

=====================  ==========================================================================
``model.py``           what was read, whatever the file was: begin here
``printed.py``         the text of ``print(model)`` as a tree of modules
``known.py``           how the classes that everybody prints call their modules, in one table
``unrolled.py``        a tree of modules as entries: one a call, in the order printed or known
``fitted.py``          entries and an input as a table, as far as the file tells it
``alone.py``           the parameters of a layer whose input is not known
``onnx_file.py``       an ONNX file, checked, its shapes inferred
``onnx_graph.py``      what is known of its graph while it is translated
``onnx_nodes.py``      its operations as layers, with ``onnx_windows.py``, ``onnx_shapes.py``, ``onnx_elementwise.py``
``onnx_constants.py``  the arithmetic on shapes that exporters leave in it
=====================  ==========================================================================
"""
