import { setFlagsFromString } from 'node:v8';

/**
 * Has V8 collect garbage as suits a server, not a page that may be left at any time. docs/performance.md has the figures. V8
 * reads both flags whenever it decides, so that a running process may set them, which is not so of every flag.
 */
export function tuneCollector(): void {
  // Left alone for some seconds, V8 gives memory back, and with it the compiled code of whatever has no object alive just
  // then: most of the way of a call. The calls after it cost up to twice as much until it is compiled again. No such
  // collection, then.
  setFlagsFromString('--memory-reducer-gc-count=0');
  // The whole heap is looked through once it is three times what was alive the last time. V8's own measure, up to four
  // times, comes from its speed: where memory is slow it was a fifth more, and a sixth of all time was spent on looking.
  setFlagsFromString('--heap-growing-percent=200');
}
