import { handlers, onEvent } from "./handlers.ts";
import { serve } from "./rpc.ts";

// One page, one port: the frame that started this worker passes it on and keeps nothing.
const { port1, port2 } = new MessageChannel();
onEvent(serve(port1, handlers));
postMessage("port", { transfer: [port2] });
