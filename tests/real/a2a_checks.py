"""What the peers that speak A2A have to check. Each file of a peer's checks has its list here."""

# 0.3 has signatures too; ours are for those who speak 1.0.
SIGNED = ["the_card_is_signed_with_a_key_that_everyone_can_get"]

SENDING = """
    the_card_is_public_and_names_the_binding
    the_default_agent_stands_at_the_root
    a_message_is_answered_once_its_task_has_ended
    an_answer_that_need_not_wait_comes_at_once
    an_artifact_of_text_arrives
    an_artifact_of_a_file_arrives
    an_artifact_that_is_elsewhere_arrives
    an_artifact_of_data_arrives
    an_agent_may_answer_with_a_message
    an_agent_may_reject_and_may_fail
    a_task_that_asks_goes_on_with_the_answer
    a_conversation_goes_on_until_it_is_done
    a_task_that_wants_credentials_goes_on_with_them
    a_context_of_the_callers_is_kept
    a_stream_tells_all_in_order
    a_stream_tells_an_artifact_in_chunks
    a_stream_of_a_message_is_that_message
    a_stream_pauses_where_the_agent_asks
""".split()

TASKS = """
    a_task_is_shown_with_as_much_history_as_asked
    tasks_are_listed_by_context_state_and_time
    tasks_are_listed_in_pages
    a_task_is_canceled
    all_who_watch_a_task_are_told_the_same
    who_watches_a_task_that_asks_sees_its_end
    webhooks_are_kept_shown_listed_and_removed
    callers_get_a_card_of_their_own
    a_request_that_is_repeated_makes_one_task
    a_message_id_that_comes_again_is_another_message
""".split()

# Events of gRPC have no numbers to go on after.
RESUMING = ["a_stream_that_broke_goes_on_after_its_last_event"]

ERRORS = """
    a_task_that_is_not_there_is_not_found
    a_task_of_another_is_not_found_and_not_listed
    a_webhook_that_is_not_there_is_not_found
    a_task_that_has_ended_cannot_be_canceled
    a_task_that_has_ended_takes_no_message_and_no_watcher
    a_context_that_is_not_the_tasks_is_refused
    a_message_that_lacks_something_is_refused_and_the_field_is_named
    a_page_that_cannot_be_is_refused
    a_webhook_without_an_address_is_refused
    a_media_type_that_the_agent_does_not_take_is_refused
    a_version_that_nobody_speaks_is_refused
    who_has_no_token_is_told_to_bring_one
    who_has_not_the_right_is_told_which
    a_key_that_was_used_for_another_request_is_refused
""".split()

# Those of Python make requests of their own, too.
RAW_ERRORS = """
    a_state_that_nobody_knows_is_refused
    a_patch_makes_no_other_version
    no_version_is_0_3_which_has_none_of_these_operations
    an_operation_that_is_not_there_is_said_so
    an_error_says_its_reason_and_whose_it_is
    what_is_no_request_is_refused
""".split()

# 0.3 has no lists of tasks; where a stream ended, and a request that comes again, are not of the protocol.
TASKS_OF_0_3 = """
    a_task_is_shown_with_as_much_history_as_asked
    a_task_is_canceled
    all_who_watch_a_task_are_told_the_same
    who_watches_a_task_that_asks_sees_its_end
    webhooks_are_kept_shown_listed_and_removed
    callers_get_a_card_of_their_own
    a_task_that_is_not_there_is_not_found
    a_task_of_another_is_not_found_and_not_listed
    a_task_that_has_ended_cannot_be_canceled
    a_task_that_has_ended_takes_no_message_and_no_watcher
    a_context_that_is_not_the_tasks_is_refused
    a_message_that_lacks_something_is_refused_and_the_field_is_named
    a_media_type_that_the_agent_does_not_take_is_refused
    what_is_no_request_is_refused
    who_has_no_token_is_told_to_bring_one
""".split()

SPELLINGS = ["names_in_snake_case_and_a_slash_at_the_end_are_taken"]

BARE = """
    the_card_offers_nothing
    a_client_that_goes_by_the_card_gets_its_answers_whole
    nothing_is_streamed
    no_webhook_is_taken
    there_is_no_other_card
    all_else_is_as_ever
""".split()

EXTENSION = """
    the_card_says_that_it_is_required
    who_does_not_know_it_is_refused
    who_knows_it_is_served
    the_answer_names_it
""".split()

CHAT = """
    an_answer_is_streamed_as_it_is_written
    an_answer_comes_whole_to_those_who_wait
""".split()
