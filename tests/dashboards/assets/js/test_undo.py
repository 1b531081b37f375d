"""Dash's history of undo is emptied as it fills, whatever else is in its stores."""

from fixtures.scripts import Scripts

STORE = """() => {
    const store = () => {
        const told = [], state = { history: { past: [] }, kept: 0 };
        return {
            subscribe: (listener) => told.push(listener),
            getState: () => state,
            dispatch: ({ type }) => {
                if (type === "REVERT") state.history.past.pop();
                else { state.history.past.push(type); state.kept += 1; }
                told.forEach((listener) => listener());
            },
        };
    };
    window.dash_stores = [store(), store()];
    window.dispatchEvent(new Event("load"));
}"""
"""Two stores as Dash's renderer has them, before the page says that it is loaded."""

HELD = "() => dash_stores.map((store) => [store.getState().history.past.length, store.getState().kept])"


def test_what_comes_into_a_store_stays_and_its_undo_does_not(scripts: Scripts) -> None:
    scripts.ask(STORE)
    scripts.ask("() => { for (const type of ['a', 'b', 'c']) dash_stores[0].dispatch({ type }); }")
    assert scripts.ask(HELD) == [[0, 3], [0, 0]]


def test_a_page_that_has_no_store_of_dash_is_left_alone(scripts: Scripts) -> None:
    scripts.open()
    scripts.ask("window.dispatchEvent(new Event('load'))")
    assert scripts.errors == []
