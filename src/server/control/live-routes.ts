import { Readable } from 'node:stream'
import { Type } from 'typebox'
import { refused } from '../operations/deciding.ts'
import { strict } from '../operations/schemas.ts'
import { type ControlRoute, route, WiredAnswer } from './route.ts'

/** Characters that may wait for one listener. */
const mayWait = 1_000_000

/** The connection ends with the stream; a proxy in between passes on at once what it gets. */
const headers = { connection: 'close', 'x-accel-buffering': 'no' }

const StreamQuery = Type.Object(
  {
    cursor: Type.Optional(
      Type.String({ description: 'Id of the last event that was seen; or Last-Event-ID' }),
    ),
  },
  strict,
)

export const liveRoutes: readonly ControlRoute[] = [
  route('/api/v1/stream', 'What changes, as server-sent events that go on from a cursor', {
    needs: 'view',
    query: StreamQuery,
    answer: Type.String(),
    contentType: 'text/event-stream',
    handle: async ({ live }, { query, actor, lastEventId, alive }) => {
      const events = new Readable({ read() {}, encoding: 'utf8', highWaterMark: 65_536 })
      const listener = {
        actor,
        cursor: lastEventId ?? query.cursor,
        alive,
        write(text: string) {
          events.push(text)
          return events.readableLength < mayWait
        },
        end() {
          if (events.readableLength < mayWait) events.push(null)
          else events.destroy()
        },
      }
      events.push('retry: 1000\n\n')
      events.on('close', () => live.leave(listener))
      if (await live.listen(listener)) return new WiredAnswer(events, { headers })
      throw refused('Too many listen already. Try again later.', 503)
    },
  }),
]
