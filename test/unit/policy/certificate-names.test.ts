import type { PeerCertificate } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { certificateNames } from '../../../src/policy/certificate-names.ts';

const subject = { CN: 'common' } as PeerCertificate['subject'];

describe('a certificate names', () => {
  it.each([
    [
      'its alternative names',
      'DNS:a.internal, URI:spiffe://b/c, email:d@e',
      ['a.internal', 'spiffe://b/c', 'd@e'],
    ],
    [
      'no address, nor what Node has no word for',
      'IP Address:127.0.0.1, othername:<unsupported>, DNS:a',
      ['a'],
    ],
    ['nobody, where it has alternative names of other kinds', 'IP Address:0:0:0:0:0:0:0:1', []],
    // As Node writes a host name that would look like two.
    ['one name where it pretends to be two', 'DNS:"a, DNS:admin", DNS:b', ['a, DNS:admin', 'b']],
    ['a name with quotes in it', 'URI:"spiffe://a\\"b\\u0000"', ['spiffe://a"b\u0000']],
  ])('%s', (_, subjectaltname, names) => {
    expect(certificateNames({ subject, subjectaltname })).toEqual(names);
  });

  it.each(['DNS:a, ,DNS:admin', 'DNS:"a', 'DNS:"a"b', 'DNS:a,DNS:admin', 'DNS:"\\x"', 'admin'])(
    'nobody where it cannot be read: %s',
    (subjectaltname) => {
      expect(certificateNames({ subject, subjectaltname })).toEqual([]);
    },
  );

  it('its common name where it has no alternative names at all', () => {
    expect(certificateNames({ subject } as PeerCertificate)).toEqual(['common']);
  });

  it('nobody where it has several common names, or none', () => {
    const several = { CN: ['a', 'b'] } as unknown as PeerCertificate['subject'];
    expect(certificateNames({ subject: several } as PeerCertificate)).toEqual([]);
    expect(certificateNames({} as PeerCertificate)).toEqual([]);
  });
});
