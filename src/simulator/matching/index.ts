/**
 * simulator/matching: which request a script or a fault is meant for.
 *
 * Answers:   whether a request fits a `Match`; what its last user text and tool results are.
 * Promises:  every condition given must hold; an empty match fits everything.
 * Does not:  keep state: the number of the call comes in with the request.
 * Start at:  match.ts.
 */
export {
  lastToolResults,
  lastUserText,
  type Match,
  matches,
  type RequestPart,
  type ScriptedRequest,
} from "./match.ts";
