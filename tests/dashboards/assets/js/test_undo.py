"""Dash's history of undo is emptied as it fills, whatever else is in its stores."""

from fixtures.scripts import SCRIPTS, Scripts

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
    for (const made of [store(), store()]) {
        const stores = (window.dash_stores = window.dash_stores || []);
        stores.includes(made) || stores.push(made);
    }
}"""
"""Two stores, put where Dash's renderer puts them, whenever it has made one: here long after the page has loaded."""

HELD = "() => dash_stores.map((store) => [store.getState().history.past.length, store.getState().kept])"


def test_what_comes_into_a_store_stays_and_its_undo_does_not(scripts: Scripts) -> None:
    scripts.ask(STORE)
    scripts.ask("() => { for (const type of ['a', 'b', 'c']) dash_stores[0].dispatch({ type }); }")
    assert scripts.ask(HELD) == [[0, 3], [0, 0]]


def test_a_store_that_was_there_before_the_script_is_kept_empty_too(scripts: Scripts) -> None:
    scripts.open()
    scripts.ask("() => { delete window.dash_stores; }")
    scripts.ask(STORE)
    scripts.page.add_script_tag(path=SCRIPTS / "undo.js")
    scripts.ask("() => { for (const type of ['a', 'b', 'c']) dash_stores[1].dispatch({ type }); }")
    assert scripts.ask(HELD) == [[0, 0], [0, 3]]
