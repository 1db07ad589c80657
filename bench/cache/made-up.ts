/** Made-up traffic to judge policies on: its parameters, by name. */
import type { Workload } from "../../src/domain/prompt-cache/index.ts";
import { type AgentTraffic, agentTraffic, type ChatTraffic, chatTraffic } from "./synthetic.ts";

const AGENTS: AgentTraffic = {
  sessions: 150,
  withinHours: 24,
  promptTokens: 12_000,
  prompts: 3,
  stepsMean: 8,
  turnsMean: 6,
  resultTokens: 1_200,
  answerTokens: 250,
  stepSeconds: 4,
  pauseSeconds: 90,
  pauseSpread: 1.6,
};

const LONG_PAUSES: AgentTraffic = {
  sessions: 200,
  withinHours: 100,
  promptTokens: 20_000,
  prompts: 1,
  stepsMean: 4,
  turnsMean: 8,
  resultTokens: 2_500,
  answerTokens: 400,
  stepSeconds: 20,
  pauseSeconds: 500,
  pauseSpread: 1.4,
};

const SHORT_AGENTS: AgentTraffic = {
  sessions: 800,
  withinHours: 8,
  promptTokens: 5_000,
  prompts: 20,
  stepsMean: 5,
  turnsMean: 1.2,
  resultTokens: 800,
  answerTokens: 150,
  stepSeconds: 3,
  pauseSeconds: 40,
  pauseSpread: 1,
};

const CHAT: ChatTraffic = {
  conversations: 2_000,
  withinHours: 6,
  promptTokens: 1_500,
  prompts: 4,
  turnsMean: 3,
  userTokens: 600,
  userSpread: 1.5,
  answerTokens: 300,
  pauseSeconds: 80,
  pauseSpread: 1.2,
};

const PLAIN_CHAT: ChatTraffic = {
  conversations: 3_000,
  withinHours: 3,
  promptTokens: 0,
  prompts: 1,
  turnsMean: 2,
  userTokens: 3_000,
  userSpread: 1.3,
  answerTokens: 300,
  pauseSeconds: 60,
  pauseSpread: 1,
};

const RARE_CHAT: ChatTraffic = {
  ...PLAIN_CHAT,
  conversations: 4_000,
  withinHours: 12,
  turnsMean: 1.3,
  userTokens: 5_000,
  userSpread: 1,
  pauseSeconds: 400,
};

const SHARED_PROMPTS: ChatTraffic = {
  conversations: 8_000,
  withinHours: 1,
  promptTokens: 6_000,
  prompts: 40,
  turnsMean: 1,
  userTokens: 1_200,
  userSpread: 1,
  answerTokens: 200,
  pauseSeconds: 60,
  pauseSpread: 1,
};

const RARE_PROMPTS: ChatTraffic = {
  ...SHARED_PROMPTS,
  conversations: 3_000,
  withinHours: 30,
  prompts: 200,
};

const ONE_SHOT: ChatTraffic = {
  ...PLAIN_CHAT,
  conversations: 6_000,
  withinHours: 4,
  turnsMean: 0.4,
  userTokens: 4_000,
  userSpread: 1,
  answerTokens: 100,
  pauseSeconds: 100,
};

export function madeUp(): readonly (readonly [title: string, workload: Workload])[] {
  return [
    ["agents", agentTraffic(AGENTS, 11)],
    ["agents with long pauses", agentTraffic(LONG_PAUSES, 12)],
    ["many short agents", agentTraffic(SHORT_AGENTS, 13)],
    ["chat on four system prompts", chatTraffic(CHAT, 14)],
    ["chat without a system prompt", chatTraffic(PLAIN_CHAT, 15)],
    ["chat that seldom goes on", chatTraffic(RARE_CHAT, 16)],
    ["short calls on 40 shared prompts", chatTraffic(SHARED_PROMPTS, 17)],
    ["short calls on 200 shared prompts, rare", chatTraffic(RARE_PROMPTS, 18)],
    ["one-shot", chatTraffic(ONE_SHOT, 19)],
  ];
}
