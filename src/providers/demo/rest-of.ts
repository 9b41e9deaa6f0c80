/**
 * What is left to say of a text where its beginning has been said, be it behind other words. Where nothing of it has, it
 * is left whole, behind a space.
 */
export function restOf(text: string, said: string): string {
  for (let length = Math.min(text.length, said.length); length > 0; length--) {
    if (said.endsWith(text.slice(0, length)) && beginsWord(said, said.length - length))
      return text.slice(length);
  }
  return text === '' || /\s$/.test(said) ? text : ` ${text}`;
}

function beginsWord(text: string, at: number): boolean {
  return at === 0 || /\s/.test(text.slice(at - 1, at + 1));
}
