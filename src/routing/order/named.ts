/** A target by its name, `provider/model`. */
export interface Named {
  provider: { name: string };
  /** The provider's own name of the model. */
  model: string;
}
