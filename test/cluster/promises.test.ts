/**
 * The promises of delivery while parts of a real cluster die: every run sends all the time, and at the end the ledger
 * must find nothing lost, missed, doubled, inverted, left out, leaked or shown without being stored.
 */
import { canCluster } from "../support/cluster";
import { Fire, rounds } from "../support/fire";
import { chatNodes } from "./troubles/chat-nodes";
import { gateways } from "./troubles/gateways";
import { servers } from "./troubles/servers";

const suite = canCluster() ? describe : describe.skip;

jest.setTimeout(600_000);

suite("a cluster under fire", () => {
  const fire = new Fire();
  beforeAll(() => fire.start());
  afterAll(() => fire.stop());

  describe.each(rounds)("round %i", () => {
    chatNodes(fire);
    gateways(fire);
    servers(fire);
    afterAll(() => fire.report());
  });
});
