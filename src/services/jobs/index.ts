/**
 * jobs: background work, by name.
 *
 * Answers:   what runs in the background, how often, and how the last run went.
 * Promises:  a job never overlaps itself; a failure is told and the job goes on; closing waits for what
 *            runs.
 * Does not:  know what the jobs do, remember anything between starts.
 * Start at:  job-runner.ts.
 */
export {
  createJobRunner,
  JOBS_MAX,
  type Job,
  type JobRunner,
  type JobRunnerOptions,
  type JobState,
} from "./job-runner.ts";
