/** The main job: more events than the target takes, and a target that fails now and then. */
export const SCENARIO = {
  events: 600,
  sendRatePerSecond: 200,
  targetRatePerSecond: 100,
  targetErrorShare: 0.05,
};
