/** Beyond letters, digits and these a shell may see more than a word. */
const PLAIN = /^[\p{L}\p{N}_@%+=:,./-]+$/u;

/** Text as one word of a POSIX shell's command line, for commands that are shown to be copied. */
export function shellWord(text: string): string {
  return PLAIN.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
