/** How many there are of what is counted, at most: enforced where it is made, published where it is shown. */
export const MOST = {
  /** The highest that MAX_MEMBERS may be. */
  members: 100_000,
  /** In a description of a larger group only the staff is named, and messages say nothing of each reader. */
  shownMembers: 1_000,
  attachments: 10,
  edits: 100,
  emojis: 50,
  pins: 200,
  links: 50,
  hooks: 50,
  /** Users whom one message of an incoming webhook can name. */
  namedInHook: 100,
  joinRequests: 1_000,
  marks: 10,
  repliers: 5,
  blocks: 10_000,
  /** That are listed, last used first. */
  sessions: 1_000,
  apiTokens: 100,
  bots: 50,
  invitations: 1_000,
  webhooks: 50,
  holds: 10_000,
  /** Variables of the environment that there may be. */
  settings: 500,
  recoveryCodes: 10,
  /** Of one and the same moment, which no page parts. */
  tied: 1_000,
  /** Conversations that one call, or one's preferences, can name. */
  namedConversations: 10_000,
} as const;

/** The longest that messages may be said to be kept, in seconds: ten years. */
export const LONGEST_RETENTION = 315_360_000;

/** The longest that texts are, in characters. */
export const LONGEST = {
  /** The highest that MAX_CONTENT may be. */
  content: 100_000,
  /** A quote's beginning of a text: 200 characters as a reader sees them, with all their marks. */
  quote: 3_200,
  /** Of what is found: each character may be escaped and marked. */
  highlight: 2_000_000,
  username: 40,
  groupName: 255,
  clientId: 128,
  externalId: 255,
  email: 254,
  url: 2_048,
  userAgent: 512,
  ip: 64,
  sessionId: 64,
  cursor: 2_048,
  accessToken: 8_192,
  refreshToken: 4_096,
  errorMessage: 1_000,
  node: 300,
  /** Of the value of a variable, as admins are shown it. */
  setting: 1_000,
} as const;
