import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';

/** A server that is asleep, with as many connections waiting for it as the system keeps: no more are opened. */
export interface FullListener extends AsyncDisposable {
  readonly url: string;
  /** Wakes it up. It answers every request with `ok`. */
  makeRoom(): void;
  /** How many connections it has accepted, beside those that filled it. */
  accepted(): number;
}

/** Starts it on a free port, in a process of its own, since Node accepts connections whenever it can. */
export async function startFullListener(): Promise<FullListener> {
  const child = spawn(process.execPath, ['--eval', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  let accepted = 0;
  const lines = createInterface(child.stdout);
  const [port] = await once(lines, 'line');
  lines.on('line', () => {
    accepted += 1;
  });
  child.kill('SIGSTOP');

  const fillers: Socket[] = [];
  for (let opened = true; opened; ) {
    const filler = connect(Number(port), '127.0.0.1').on('error', () => {});
    opened = await Promise.race([once(filler, 'connect').then(() => true), delay(200, false)]);
    if (opened) fillers.push(filler);
    else filler.destroy();
  }

  return {
    url: `http://127.0.0.1:${port}`,
    makeRoom: () => void child.kill('SIGCONT'),
    accepted: () => accepted - fillers.length,
    async [Symbol.asyncDispose]() {
      for (const filler of fillers) filler.destroy();
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

const program = `
  const server = require('node:http').createServer((_, response) => response.end('ok'));
  server.on('connection', () => console.log('accepted'));
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => console.log(server.address().port));
`;
