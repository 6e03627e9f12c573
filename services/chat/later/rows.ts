/** The rows of the service's table that concern what is to happen at a time. */
import { act } from "../../../platform/service";
import { chatOf } from "../chat";
import { scheduledView } from "./views";

export const laterRows = {
  schedule: act("chat.schedule", function (caller, p, ctx) {
    return chatOf(this).later.schedule(ctx, caller, p);
  }),
  scheduled: act("chat.scheduled", function (caller, p) {
    return chatOf(this).later.scheduled(caller, p);
  }),
  reschedule: act("chat.reschedule", async function (caller, p, ctx) {
    const chat = chatOf(this);
    const { doc, dropped } = await chat.later.reschedule(ctx, caller, p);
    await chat.letGo(ctx, doc.conversation_id ?? "", dropped);
    return scheduledView(doc);
  }),
  unschedule: act("chat.unschedule", async function (caller, { scheduledId }, ctx) {
    const chat = chatOf(this);
    const { conversation_id, attachments } = await chat.later.takeBack(caller, "message", scheduledId);
    await chat.letGo(ctx, conversation_id ?? "", attachments);
    return {};
  }),
  remind: act("chat.remind", function (caller, p) {
    return chatOf(this).later.remind(caller, p);
  }),
  reminders: act("chat.reminders", function (caller, p) {
    return chatOf(this).later.reminders(caller, p);
  }),
  forgetReminder: act("chat.forgetReminder", async function (caller, { reminderId }) {
    await chatOf(this).later.takeBack(caller, "reminder", reminderId);
    return {};
  }),
};
