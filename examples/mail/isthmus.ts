import { env, flow, irreversible, landscape, model, secret, system, Type } from 'isthmus'
import { bytes, csv, files } from 'isthmus/files'
import { MailFile, mail } from 'isthmus/mail'

const Text = Type.String()
const Order = model('Order', {
  version: 1,
  pii: ['email'],
  schema: Type.Object({ no: Text, product: Text, email: Text }),
})

const office = system('office', {
  kind: 'other',
  allow: ['loopback'], // for a server on this machine
  connector: mail({
    imap: env('MAIL_IMAP', 'imaps://localhost'),
    smtp: env('MAIL_SMTP', 'smtp://localhost'),
    user: env('MAIL_USER', 'orders'),
    password: secret('MAIL_PASSWORD'),
    tls: { ca: secret('MAIL_CA') }, // who signed the servers' certificates
  }),
})
const attached = office.attachments('attached', {
  pattern: 'orders-*.csv',
  accepted: { moveTo: 'Done' },
})
const confirmation = office.send('confirmation', Order, {
  from: 'Orders <orders@test>',
  mail: order => ({
    to: order.email,
    subject: `Your order ${order.no}`,
    text: `We have received your order for ${order.product}.`,
  }),
  effect: irreversible, // nobody wants it twice; what was not answered waits for a person
})

const folder = system('folder', { kind: 'files', connector: files({ folder: env('ORDERS', './orders') }) })
const kept = folder.write('kept', MailFile, { format: bytes(), file: ({ name }) => name })
const orders = folder.read('orders', Order, {
  pattern: '*.csv',
  format: csv(),
  every: '1s',
  settle: '0s', // we rename into place ourselves
})

const keeping = flow('keeping')
  .from(attached)
  .key(file => file.messageId)
  .to(kept)

const confirming = flow('confirming')
  .from(orders)
  .key(order => order.no)
  .to(confirmation)

export default landscape({ name: 'mail', systems: [office, folder], flows: [keeping, confirming] })
