import { connect, type IClientOptions } from 'mqtt'
import { pick } from '../simulated/random.ts'
import type { MesDatabase, Reading } from './database.ts'

type Login = Pick<IClientOptions, 'username' | 'password'>

const stations = ['L1', 'L2', 'L3', 'L4']

/**
 * Sensors that measure a temperature and publish it by MQTT with QoS 1, again and again until the broker has
 * acknowledged it and had somebody to give it to.
 */
export class Sensors {
  readonly #db: MesDatabase
  readonly #client
  readonly #topic
  /** Ids of messages that the broker has acknowledged and given to nobody. */
  readonly #untaken = new Set<number>()

  /** `name` begins every topic. */
  constructor(db: MesDatabase, url: string, login: Login, name: string) {
    this.#db = db
    this.#topic = (station: string) => `${name}/${station}/temperature`
    this.#client = connect(url, {
      ...login,
      protocolVersion: 5,
      reconnectPeriod: 500,
      clientId: `${name}-sensors`,
    })
    // It connects again by itself.
    this.#client.on('error', error => console.error(`MQTT: ${error.message}`))
    this.#client.on('packetreceive', packet => {
      // 0x10: nobody has subscribed yet. Source: MQTT 5.0, 3.4.2.1.
      if (packet.cmd === 'puback' && packet.reasonCode === 0x10 && packet.messageId !== undefined)
        this.#untaken.add(packet.messageId)
    })
    setInterval(() => {
      if (this.#client.connected) for (const reading of db.unsentReadings()) this.#publish(reading)
    }, 1000)
  }

  measure(): void {
    const reading = this.#db.addReading(pick(stations), (20 + 70 * Math.random()).toFixed(1))
    if (this.#client.connected) this.#publish(reading)
  }

  #publish({ station, no, celsius }: Reading): void {
    const payload = JSON.stringify({ no, celsius })
    this.#client.publish(this.#topic(station), payload, { qos: 1 }, (error, packet) => {
      if (!error && !this.#untaken.delete(packet?.messageId ?? 0)) this.#db.sentReading(no)
    })
  }
}
