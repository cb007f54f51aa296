"""The public face: what is exported, and that the private stays private."""

import inspect

import tandem


def test_all_is_sorted_and_complete() -> None:
    public = {
        name
        for name, value in vars(tandem).items()
        if not name.startswith("_") and not inspect.ismodule(value)
    }
    assert tandem.__all__ == sorted(tandem.__all__)
    assert public | {"__version__"} == set(tandem.__all__)


def test_exceptions_form_one_tree() -> None:
    raised = [
        value
        for value in vars(tandem).values()
        if inspect.isclass(value) and issubclass(value, Exception)
    ]
    assert len(raised) > 10
    for kind in raised:
        assert issubclass(kind, tandem.TandemError)
    assert issubclass(tandem.WaitTimeout, TimeoutError)


def test_twins_have_the_same_methods() -> None:
    """What one client can do the other can, with the same parameters."""
    renamed = {"close": "aclose"}
    for sync, twin in [
        (tandem.Tandem, tandem.AsyncTandem),
        (tandem.Gated, tandem.AsyncGated),
        (tandem.Run, tandem.AsyncRun),
        (type(tandem.Tandem("http://h", "tdm_k").loops), None),
    ]:
        if twin is None:
            twin = type(tandem.AsyncTandem("http://h", "tdm_k").loops)
        for name, method in inspect.getmembers(sync, inspect.isfunction):
            if name.startswith("_"):
                continue
            other = getattr(twin, renamed.get(name, name))
            parameters = inspect.signature(method).parameters
            assert list(parameters) == list(inspect.signature(other).parameters), name


def test_version_is_the_packages() -> None:
    from importlib.metadata import version

    assert tandem.__version__ == version("tandem")
