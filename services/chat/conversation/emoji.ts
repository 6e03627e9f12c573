/** What one may react with: an emoji, or a custom name that the operators registered. One form for each. Pure. */

// Built at run time: the `v` flag, which knows sequences as well, is newer than what we compile to.
const EMOJI = new RegExp("^\\p{RGI_Emoji}$", "v");
const VARIATION = /[\ufe0e\ufe0f]/g;
/** What is shown as text unless told otherwise, where no skin tone tells it. */
const TEXT_BY_DEFAULT = /(?!\p{Emoji_Presentation})\p{Emoji}(?!\p{Emoji_Modifier})/gu;

/**
 * The one form of a reaction: `❤` as `❤️`; undefined for what is neither one emoji nor a registered name.
 * @param names custom names, from CUSTOM_REACTIONS
 */
export function reactionOf(typed: string, names: ReadonlySet<string>): string | undefined {
  if (names.has(typed)) return typed;
  const emoji = typed.replace(VARIATION, "").replace(TEXT_BY_DEFAULT, "$&\ufe0f");
  return EMOJI.test(emoji) ? emoji : undefined;
}
