/** The main job: more events than the target takes, and a target that fails now and then. */
export const SCENARIO = {
  events: 600,
  // More would leave a small machine no processor for the answers, which the source wants within 500 ms.
  sendRatePerSecond: 120,
  targetRatePerSecond: 100,
  targetErrorShare: 0.05,
};
