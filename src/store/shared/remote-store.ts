import type { MessagePort } from 'node:worker_threads'
import type { Accepted, Append, Appended, Claim, NewMessage, Store } from '../store.ts'
import { gathered } from './frames.ts'
import { type Joined, RemoteMembership } from './remote-membership.ts'
import { RemotePort } from './remote-port.ts'
import { remoteReader } from './remote-reader.ts'
import { withStanding } from './with-standing.ts'

/**
 * A store that another thread has, which serves it to the other end of the port (`serveStore`). `here`: the same store,
 * opened in this thread, which is read and nothing else; all reads go through the port if absent. `close` closes the
 * port, and the store if it was claimed through this port.
 */
export function remoteStore(port: MessagePort, here?: Store): Store {
  const remote = new RemotePort(port)
  const reader = remoteReader((method, args, of) => remote.ask(method, args, of))
  let closing: Promise<void> | undefined
  const close = async (how: 'clean' | 'unclean' | undefined): Promise<void> => {
    await remote.ask('close', [how])
    remote.close()
    await here?.close()
  }
  return {
    claim: async (owner, options) => (await remote.ask('claim', [owner, options])) as Claim,
    join: async (member, options) =>
      new RemoteMembership(member, (await remote.ask('join', [member, options])) as Joined, remote),
    accept: async (messages, position) => {
      const sent = gathered(messages)
      return (await remote.ask('accept', [sent.messages, position], undefined, undefined, [
        sent.buffer,
      ])) as Accepted[]
    },
    settle: async settlement => {
      await remote.ask('settle', [settlement])
    },
    append: async (appends, token) => {
      const buffers: ArrayBuffer[] = []
      const sent = appends.map(append => withGathered(append, buffers))
      return (await remote.ask('append', [sent, token], undefined, undefined, buffers)) as Appended[]
    },
    retire: async limits => (await remote.ask('retire', [limits])) as number,
    read: here === undefined ? reader : withStanding(here.read, reader.standing),
    close: how => {
      closing ??= close(how)
      return closing
    },
  }
}

function withGathered(append: Append, buffers: ArrayBuffer[]): Append {
  if (append.messages === undefined) return append
  const { messages, buffer } = gathered<NewMessage>(append.messages)
  buffers.push(buffer)
  return { ...append, messages }
}
