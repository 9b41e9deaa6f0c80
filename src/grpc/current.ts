/**
 * Gives a call what serves it now. The call keeps that until it disposes of it, at its end, whatever a reload of the
 * configuration puts in its place meanwhile.
 */
export type Current<Parts> = () => Parts & Disposable;
