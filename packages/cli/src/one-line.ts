/** Control characters and what turns the direction of writing: a terminal acts on them, and names from outside may hold them. */
const ACTED_ON = /[\p{Cc}\p{Zl}\p{Zp}\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]/gu;

/** Beyond it a line hides what stands around it. */
const MAX_LENGTH = 2000;

/** The text as one line of a terminal, which it can neither leave, colour nor overwrite. */
export function oneLine(text: string): string {
  const shown = text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
  return shown.replace(ACTED_ON, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
