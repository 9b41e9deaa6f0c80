/** A connection was not opened in time. Its code is that of undici's own error, so that both are read alike. */
export class ConnectTimeout extends Error {
  override readonly name = 'ConnectTimeout';
  readonly code = 'UND_ERR_CONNECT_TIMEOUT';
  readonly limitMs: number;

  constructor(limitMs: number) {
    super(`There was no connection within ${limitMs} ms.`);
    this.limitMs = limitMs;
  }
}
