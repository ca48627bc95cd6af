/** Labels on images and containers of ours. */
export const labels = {
  /** The exact version a node image runs: "v1.34.4". */
  kubernetes: 'io.skipbeat.kubernetes',
  /** The test server's image name inside the nodes. */
  agnhost: 'io.skipbeat.agnhost',
  /** The hash of the recipe an image was built by. */
  recipe: 'io.skipbeat.recipe',
  /** On the containers of a build in progress: which build. */
  build: 'io.skipbeat.build',
} as const;
