/** Binary formats written by hand, so that no reader of the package can agree with them by accident. */

const utf8 = (text: string): Buffer => Buffer.from(text, "utf8");

function varint(value: number): Buffer {
  const out: number[] = [];
  let rest = value;
  for (; rest > 127; rest >>>= 7) out.push((rest & 127) | 128);
  out.push(rest);
  return Buffer.from(out);
}

/** Protocol Buffers: field 1 a number, field 2 a text, field 3 a message that holds the value. */
export function protobuf(name: string, value: string): Buffer {
  const inner = Buffer.concat([Buffer.from([0x0a]), varint(utf8(value).length), utf8(value)]);
  return Buffer.concat([
    Buffer.from([0x08, 0x96, 0x01, 0x12]),
    varint(utf8(name).length),
    utf8(name),
    Buffer.from([0x1a]),
    varint(inner.length),
    inner,
  ]);
}

/** A gRPC-web message: flag, length, protobuf, then a trailer frame. */
export function grpcWeb(name: string, value: string): Buffer {
  const message = protobuf(name, value);
  const trailer = utf8("grpc-status:0\r\n");
  const head = (flag: number, length: number): Buffer => {
    const out = Buffer.alloc(5);
    out.writeUInt8(flag, 0);
    out.writeUInt32BE(length, 1);
    return out;
  };
  return Buffer.concat([head(0, message.length), message, head(0x80, trailer.length), trailer]);
}

function messagePackText(text: string): Buffer {
  const body = utf8(text);
  const head =
    body.length < 32
      ? [0xa0 | body.length]
      : body.length < 256
        ? [0xd9, body.length]
        : [0xda, body.length >> 8, body.length & 255];
  return Buffer.concat([Buffer.from(head), body]);
}

export function messagePack(name: string, value: string): Buffer {
  return Buffer.concat([
    Buffer.from([0x82]),
    messagePackText("id"),
    Buffer.from([0x07]),
    messagePackText(name),
    messagePackText(value),
  ]);
}

function cborText(text: string): Buffer {
  const body = utf8(text);
  const head =
    body.length < 24
      ? [0x60 | body.length]
      : body.length < 256
        ? [0x78, body.length]
        : [0x79, body.length >> 8, body.length & 255];
  return Buffer.concat([Buffer.from(head), body]);
}

export function cbor(name: string, value: string): Buffer {
  return Buffer.concat([Buffer.from([0xa2]), cborText("id"), Buffer.from([0x07]), cborText(name), cborText(value)]);
}

const lengthed = (text: string): Buffer => {
  const out = Buffer.alloc(2);
  out.writeUInt16BE(utf8(text).length, 0);
  return Buffer.concat([out, utf8(text)]);
};

/** MQTT 3.1.1 CONNECT with user name and password. */
export function mqttConnect(user: string, password: string): Buffer {
  const rest = Buffer.concat([
    lengthed("MQTT"),
    Buffer.from([4, 0xc2, 0, 60]),
    lengthed("client-1"),
    lengthed(user),
    lengthed(password),
  ]);
  return Buffer.concat([Buffer.from([0x10]), varint(rest.length), rest]);
}
