// Messages and streams of A2A 1.0, by @a2a-js/sdk as it is.

import { verifyAgentCardSignature } from "@a2a-js/sdk";
import { randomUUID } from "node:crypto";
import { BINDING, Caller, alice, content, message, outcome, says, state, text } from "./client.mjs";
import { check, holds, same } from "./checks.mjs";

// The one part of the one artifact that such a message gets.
async function made(kind) {
  const task = await alice.task(kind);
  same([state(task), task.artifacts.length, task.artifacts[0].parts.length], ["COMPLETED", 1, 1]);
  return task.artifacts[0].parts[0];
}

check("the_card_is_public_and_names_the_binding", async () => {
  const card = await alice.card();
  const offered = card.supportedInterfaces.filter((it) => it.protocolVersion === "1.0").map((it) => it.protocolBinding);
  holds(offered.includes(BINDING), offered);
  holds(card.name && card.description && card.version && card.skills.length && card.securityRequirements.length, card);
});

check("the_card_is_signed_with_a_key_that_everyone_can_get", async () => {
  // As it came: of a card that its resolver has read, the library forgets the security schemes on the way.
  const card = await (await fetch(`${alice.agent}/.well-known/agent-card.json`)).json();
  const verify = verifyAgentCardSignature(async (kid, jku) =>
    (await (await fetch(jku)).json()).keys.find((key) => key.kid === kid));
  await verify(card);
  const another = { ...card, description: `${card.description}!` };
  holds(await verify(another).then(() => false, () => true), "it holds for another card, too");
});

check("the_default_agent_stands_at_the_root", async () => {
  const task = await new Caller(alice.token, process.env.GATEWAY).task("tck-artifact-text");
  same(content(task.artifacts[0].parts), "Generated text content");
});

check("a_message_is_answered_once_its_task_has_ended", async () => {
  const request = message("tck-complete-task");
  const task = await alice.sent(request);
  same([state(task), says(task)], ["COMPLETED", "Hello from TCK"]);
  holds(task.id && task.contextId && task.status.timestamp, task);
  same(task.history[0].messageId, request.message.messageId);
});

check("an_answer_that_need_not_wait_comes_at_once", async () => {
  const task = await alice.task("test-resubscribe-message-id", { returnImmediately: true });
  holds(["SUBMITTED", "WORKING"].includes(state(task)), task);
  same(outcome(await alice.watched(task.id)).ended, "COMPLETED");
});

check("an_artifact_of_text_arrives", async () => {
  same((await made("tck-artifact-text")).content, { $case: "text", value: "Generated text content" });
});

check("an_artifact_of_a_file_arrives", async () => {
  const { content, filename, mediaType } = await made("tck-artifact-file");
  same([content.$case, content.value.toString(), filename, mediaType], ["raw", "tck", "output.txt", "text/plain"]);
});

check("an_artifact_that_is_elsewhere_arrives", async () => {
  const { content, filename } = await made("tck-artifact-file-url");
  same([content.$case, content.value, filename], ["url", "https://example.com/output.txt", "output.txt"]);
});

check("an_artifact_of_data_arrives", async () => {
  same((await made("tck-artifact-data")).content, { $case: "data", value: { key: "value", count: 42 } });
});

check("an_agent_may_answer_with_a_message", async () => {
  const answer = await alice.sent(message("tck-message-response"));
  holds(answer.messageId && answer.contextId && says(answer), answer);
});

check("an_agent_may_reject_and_may_fail", async () => {
  same(state(await alice.task("tck-reject-task")), "REJECTED");
  const failed = await alice.task("tck-task-failure");
  same(state(failed), "FAILED");
  holds(says(failed), failed);
});

check("a_task_that_asks_goes_on_with_the_answer", async () => {
  const asked = await alice.task("tck-input-required");
  same(state(asked), "INPUT_REQUIRED");
  holds(says(asked), asked);
  const ended = await alice.task("tck-complete-task", { task: asked });
  same([ended.id, ended.contextId, state(ended)], [asked.id, asked.contextId, "COMPLETED"]);
});

check("a_conversation_goes_on_until_it_is_done", async () => {
  let task = await alice.task("tck-multi-turn");
  for (const [words, wanted] of [["more", "INPUT_REQUIRED"], ["done", "COMPLETED"]]) {
    task = await alice.task("turn", { task, context: task.contextId, parts: [text(words)] });
    same(state(task), wanted);
  }
});

check("a_task_that_wants_credentials_goes_on_with_them", async () => {
  const asked = await alice.task("tck-auth-required");
  same(state(asked), "AUTH_REQUIRED");
  holds(says(asked), asked);
  same(state(await alice.task("given", { task: asked })), "COMPLETED");
});

check("a_context_of_the_callers_is_kept", async () => {
  const context = `context-${randomUUID()}`;
  const one = await alice.task("tck-complete-task", { context });
  const other = await alice.task("tck-complete-task", { context });
  same([one.contextId, other.contextId, one.id === other.id], [context, context, false]);
});

check("a_stream_tells_all_in_order", async () => {
  const wanted = {
    "tck-stream-001": "Stream hello from TCK", "tck-stream-003": "Stream task lifecycle",
    "tck-stream-ordering-001": "Ordered output", "tck-stream-artifact-text": "Streamed text content",
    "tck-stream-artifact-file": "tck",
  };
  for (const [kind, words] of Object.entries(wanted)) {
    const { ended, made } = outcome(await alice.events(message(kind)));
    same([ended, made.map(content)], ["COMPLETED", [words]]);
  }
  const { ended, made } = outcome(await alice.events(message("tck-stream-002")));
  same([ended, made], ["COMPLETED", []]);
});

check("a_stream_tells_an_artifact_in_chunks", async () => {
  const { ended, made } = outcome(await alice.events(message("tck-stream-artifact-chunked")));
  same([ended, made.map((parts) => parts.map((part) => part.content.value).join(""))],
    ["COMPLETED", ["chunk-1 chunk-2"]]);
});

check("a_stream_of_a_message_is_that_message", async () => {
  const events = await alice.events(message("tck-message-response"));
  same(events.map((event) => event.payload.$case), ["message"]);
  holds(says(events[0].payload.value), events);
});

check("a_stream_pauses_where_the_agent_asks", async () => {
  const { ended, made, task } = outcome(await alice.events(message("tck-input-required")));
  same([ended, made], ["INPUT_REQUIRED", []]);
  same(outcome(await alice.events(message("tck-complete-task", { task }))).ended, "COMPLETED");
});
