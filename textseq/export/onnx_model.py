"""A finished `Graph` as a model of the package `onnx`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from textseq.export.graph import Body, Graph, Node

if TYPE_CHECKING:
    import onnx

VERSIONS = {"": 18, "ai.onnx.ml": 2, "com.microsoft": 1}
"""The operators' versions by domain: the oldest that have all that is used."""

IR_VERSION = 8
"""That of ONNX 1.13, which brought these operators."""


def to_model(graph: Graph, name: str, metadata: dict[str, str]) -> onnx.ModelProto:
    """Return the model of a graph, with these entries in its metadata.

    Example:
        >>> import numpy as np
        >>> from textseq.export.graph import Graph
        >>> from textseq.export.onnx_model import to_model
        >>> graph = Graph()
        >>> graph.output("next", graph.input("ids", np.int64) + 1)
        >>> [node.op_type for node in to_model(graph, "next", {}).graph.node]
        ['Add', 'Identity']
    """
    from onnx import helper, numpy_helper

    made = helper.make_graph(
        list(map(_to_node, graph.nodes)),
        name,
        [_to_info(*each) for each in graph.inputs],
        [_to_info(*each) for each in graph.outputs],
        [numpy_helper.from_array(array, key) for key, array in graph.constants.items()],
    )
    domains = _domains(graph.nodes) | {""}
    imports = [helper.make_opsetid(domain, VERSIONS[domain]) for domain in sorted(domains)]
    model = helper.make_model(made, opset_imports=imports, ir_version=IR_VERSION)
    helper.set_model_props(model, metadata)
    return model


def _domains(nodes: Sequence[Node]) -> set[str]:
    """Return the domains of operators, those within others included."""
    found = {node.domain for node in nodes}
    for node in nodes:
        bodies = (value for value in node.attributes.values() if isinstance(value, Body))
        found |= {domain for body in bodies for domain in _domains(body.nodes)}
    return found


def _to_node(node: Node) -> onnx.NodeProto:
    from onnx import helper

    attributes = {name: _to_attribute(value) for name, value in node.attributes.items()}
    return helper.make_node(
        node.operator, node.inputs, node.outputs, domain=node.domain, **attributes
    )


def _to_attribute(value: Any) -> Any:
    from onnx import helper, numpy_helper

    if isinstance(value, Body):
        # ONNX Runtime finds out the shapes, but for a loop's turn and whether it goes on.
        inputs = [
            _to_info(each.name, each.dtype, () if i < 2 else None)
            for i, each in enumerate(value.inputs)
        ]
        outputs = [_to_info(each.name, each.dtype, None) for each in value.outputs]
        return helper.make_graph(list(map(_to_node, value.nodes)), "body", inputs, outputs)
    if isinstance(value, np.ndarray):
        return numpy_helper.from_array(value)
    if isinstance(value, np.dtype):
        return helper.np_dtype_to_tensor_dtype(value)
    return value


def _to_info(name: str, dtype: np.dtype[Any], shape: Any) -> onnx.ValueInfoProto:
    from onnx import helper

    return helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(dtype), shape)
