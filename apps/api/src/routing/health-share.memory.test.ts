import { describeHealthShare } from "./health-share.contract.ts";
import { HealthHub } from "./health-share.memory.ts";

const hub = new HealthHub();
describeHealthShare("in process", async (hear) => hub.join(hear));
