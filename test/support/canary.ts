/**
 * A secret that is recognised wherever it turns up. It has the signs that change when it is put into an address, and none
 * of the looks by which secrets are known that nobody told of.
 */
export function canaryFor(place: string): string {
  return `c4nary.${place}~7f/3a+9c.51d2e84b60`;
}

/** The places whose secrets a text holds, in whatever form. */
export function findCanaries(text: string, planted: ReadonlyMap<string, string>): string[] {
  const lower = text.toLowerCase();
  return [...planted].flatMap(([place, secret]) =>
    spellings(secret).some((spelling) => text.includes(spelling)) || lower.includes(hex(secret))
      ? [place]
      : [],
  );
}

function spellings(secret: string): string[] {
  const inBase64 = [0, 1, 2].map((offset) => base64Within(secret, offset));
  return [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    ...inBase64,
    ...inBase64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')),
  ];
}

/** What is the same in the base64 of every text that has the secret at such a place, whatever stands around it. */
function base64Within(secret: string, offset: number): string {
  const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(secret)]);
  const first = Math.ceil((offset * 8) / 6);
  return bytes.toString('base64').slice(first, Math.floor((bytes.length * 8) / 6));
}

function hex(secret: string): string {
  return Buffer.from(secret).toString('hex');
}
