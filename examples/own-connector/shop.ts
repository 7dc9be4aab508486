import { idempotent } from 'isthmus'
import type { Connector, Model } from 'isthmus/connector'
import { type RestChannels, type RestOptions, rest } from 'isthmus/rest'

/** The shop of Example Inc., version 2 of its API. */
export function shop(options: RestOptions): Connector<ShopChannels> {
  const http = rest(options)
  return { ...http, name: 'shop', channels: system => shopChannels(http.channels(system)) }
}

export type ShopChannels = ReturnType<typeof shopChannels>

const shopChannels = ({ send, list }: RestChannels) => ({
  /** A sink: an order, placed once. The shop knows effect keys by this header. */
  orders: <T>(name: string, model: Model<T>) =>
    send(name, model, {
      method: 'POST',
      path: '/v2/orders',
      effect: idempotent,
      idempotencyHeader: 'x-request-id',
    }),
  /** A source: its articles, and those that changed. */
  articles: <T>(name: string, model: Model<T>) =>
    list(name, model, { path: '/v2/articles', records: '/items', pages: { by: 'link' } }),
})
