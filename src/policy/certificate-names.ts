import type { PeerCertificate } from 'node:tls';

/**
 * Whom a certificate names: its alternative names that are host names, URIs or e-mail addresses; only where it has no
 * alternative names at all, the common name (RFC 6125, section 6.4.4). Addresses name a place and not a caller.
 */
export function certificateNames({
  subject,
  subjectaltname,
}: Pick<PeerCertificate, 'subject' | 'subjectaltname'>): string[] {
  if (subjectaltname !== undefined) return alternativeNames(subjectaltname);
  const commonName: unknown = subject?.CN;
  // Node makes a list of several, of which none is the one.
  return typeof commonName === 'string' ? [commonName] : [];
}

/**
 * Reads `DNS:a.example, URI:spiffe://b`. A name that could be taken for several is in quotes, as JSON writes texts (Node
 * since CVE-2021-44532). What is not of this form names nobody.
 */
function alternativeNames(text: string): string[] {
  const names: string[] = [];
  let at = 0;
  while (at < text.length) {
    entry.lastIndex = at;
    const [whole, kind = '', value = ''] = entry.exec(text) ?? [];
    if (whole === undefined) return [];
    at += whole.length;
    if (kinds.has(kind)) names.push(value.startsWith('"') ? JSON.parse(value) : value);
  }
  return names;
}

const kinds: ReadonlySet<string> = new Set(['DNS', 'URI', 'email']);
const entry = /([^:,"]+):("(?:[^"\\\p{Cc}]|\\["\\/bfnrt]|\\u[\da-f]{4})*"|[^,"]*)(?:, |$)/iuy;
