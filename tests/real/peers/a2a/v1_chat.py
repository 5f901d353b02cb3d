"""The gateway's own chat as an A2A agent, with a model behind it."""

from a2a.types import Part

from checks import check, same
from v1_client import alice, message, outcome, told

ASKED = [Part(text="Write Python to sort a list")]


def text(parts):
    return "".join(part.text for part in parts)


@check
async def an_answer_is_streamed_as_it_is_written():
    events = await alice.events(message("chat", parts=ASKED))
    ended, (parts,), task = outcome(events)
    same(ended, "COMPLETED")
    pieces = [event for kind, event in map(told, events) if kind == "artifact_update"]
    assert len(pieces) > 2 and [piece.append for piece in pieces[1:]] == [True] * (len(pieces) - 1), pieces
    same([piece.last_chunk for piece in pieces], [False] * (len(pieces) - 1) + [True])
    shown = await alice.shown(task)
    same([text(artifact.parts) for artifact in shown.artifacts], [text(parts)])
    assert text(parts).strip(), task


@check
async def an_answer_comes_whole_to_those_who_wait():
    task = await alice.task("chat", parts=ASKED)
    assert text(task.artifacts[0].parts).strip(), task
