/** How messages of the API look as objects: the options by which the types in `src/generated` were made (script `proto`). */
export const loaderOptions = {
  longs: Number,
  enums: String,
  defaults: true,
  oneofs: true,
} as const;
