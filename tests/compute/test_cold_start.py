import sys

from textseq.compute.cold_start import FEW_DOCUMENTS, compiled_loops


def test_few_documents_use_what_is_loaded_and_many_load_it():
    name = "this"  # a module that nothing loads
    sys.modules.pop(name, None)
    assert compiled_loops(name, FEW_DOCUMENTS) is None
    loaded = compiled_loops(name, FEW_DOCUMENTS + 1)
    assert compiled_loops(name, 1) is loaded is sys.modules[name]
