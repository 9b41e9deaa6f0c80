export {
  createFakeGateway,
  type FakeGateway,
  type FakeGatewayOptions,
  type FakeHandlers,
} from './fake-gateway.ts';
export type { CompleteScript, FakeCall, FakeEvent, Script, StreamScript } from './script.ts';
