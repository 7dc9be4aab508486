/** What the compiler must refuse about mail; see must-not-compile.ts. */
import { flow, idempotent, irreversible, model, probed, system, Type } from 'isthmus'
import { files, ftp, jsonLines, sftp } from 'isthmus/files'
import { mail } from 'isthmus/mail'

const Order = model('Order', { version: 1, schema: Type.Object({ no: Type.String(), email: Type.String() }) })
const office = system('office', { kind: 'other', connector: mail({ smtp: 'smtp://localhost' }) })
const from = 'orders@test'
const effect = irreversible
const mailOf = ({ no, email }: { no: string; email: string }) => ({ to: email, subject: no, text: no })

office.send('good', Order, { from, effect, mail: mailOf })
office.send('twice', Order, { from, effect: idempotent, mail: mailOf })

// It must be said what sending twice does.
// @ts-expect-error
office.send('bad', Order, { from, mail: mailOf })
// A mail cannot be asked for.
// @ts-expect-error
office.send('bad', Order, { from, effect: probed(irreversible), mail: mailOf })
// A mail is made of the data of the record, and goes to somebody.
// @ts-expect-error
office.send('bad', Order, { from, effect, mail: ({ name }) => ({ to: name, subject: '', text: '' }) })
// @ts-expect-error
office.send('bad', Order, { from, effect, mail: () => ({ subject: '', text: '' }) })
// Attachments are chosen by name.
// @ts-expect-error
office.attachments('bad')
flow('mails')
  .from(office.mails('mails'))
  // @ts-expect-error
  .key(each => each.sender)

// Nobody is trusted unseen, and a password is not written down.
// @ts-expect-error
sftp({ url: 'sftp://localhost', user: 'u', key: { from: 'secret', name: 'KEY' } })
// @ts-expect-error
ftp({ url: 'ftp://localhost', user: 'u', password: 'geheim' })
// @ts-expect-error
ftp({ url: 'ftp://localhost', user: 'u', password: { from: 'secret', name: 'P' }, encryption: false })

const shop = system('shop', { kind: 'files', connector: files({ folder: '.' }) })
// @ts-expect-error
shop.write('bad', Order, { format: jsonLines(), file: order => order.number })
