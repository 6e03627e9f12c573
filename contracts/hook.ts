/** The before-hook: what the product is asked before something is said or made, and what it may answer. */
import { action } from "./action";
import { customShown } from "./custom";
import { bool, type Infer, list, map, nullable, object, oneOf, optional, text, time, anything } from "./schema";

export const hookKinds = ["message", "edit", "reaction", "upload", "group", "profile"] as const;
export type HookKind = (typeof hookKinds)[number];

/** Posted as JSON, signed as webhooks are; or the params of the action. */
export const HookQuestion = object({
  id: text(),
  type: oneOf(hookKinds),
  timestamp: time(),
  data: map(nullable(anything()), {
    about: "`userId` who does it, and what they do: `content`, `custom`, `name`, `emoji`, `files`, …",
  }),
});
export type HookQuestion = Infer<typeof HookQuestion>;

export const HookAnswer = object({
  allow: optional(bool({ about: "true where left out" })),
  reason: optional(nullable(text({ max: 500, about: "told to who is refused" }))),
  change: optional(
    nullable(
      object({
        content: optional(text({ max: 100_000, about: "of a message or an edit" })),
        custom: optional(customShown()),
        name: optional(text({ min: 1, max: 255, about: "of a group" })),
        username: optional(text({ min: 1, max: 160, about: "of a profile" })),
      }),
    ),
  ),
  marks: optional(
    nullable(
      list(text({ pattern: /^[a-z0-9_-]{1,32}$/ }), { max: 10, about: "of a message or an edit: shown in `marks`" }),
    ),
  ),
});
export type HookAnswer = Infer<typeof HookAnswer>;

export const hookActions = {
  "filter.check": action({
    access: "service",
    about:
      "A before-hook of our own: words (FILTER_WORDS) and links (FILTER_LINKS). HOOK_BEFORE_SEND=filter.check uses it.",
    params: HookQuestion,
    result: HookAnswer,
    timeout: 1_500,
  }),
};
