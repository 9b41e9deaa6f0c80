import { readFile } from 'node:fs/promises';
import { BinaryReader } from '@bufbuild/protobuf/wire';
import type { PackageDefinition } from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';

/** Creates server reflection, v1 and v1alpha, which lists the services named. */
export async function createReflection(services: readonly string[]): Promise<ReflectionService> {
  const descriptorSet = await readFile(new URL('../gen/descriptor.binpb', import.meta.url));
  return new ReflectionService(packageOf(splitFiles(descriptorSet)), { services: [...services] });
}

/**
 * The files as buf built them. The ones that proto-loader makes of them have no comments, and lack what no service
 * refers to: the `google.rpc` details by which tools show errors.
 */
function packageOf(fileDescriptorProtos: Buffer[]): PackageDefinition {
  // Reflection looks at no more than the files of each entry.
  return { files: { format: 'Protocol Buffer 3 EnumDescriptorProto', type: {}, fileDescriptorProtos } };
}

/** Takes a FileDescriptorSet, `repeated FileDescriptorProto file = 1`, apart without reading the files. */
function splitFiles(descriptorSet: Uint8Array): Buffer[] {
  const files: Buffer[] = [];
  const reader = new BinaryReader(descriptorSet);
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field === 1) files.push(Buffer.from(reader.bytes()));
    else reader.skip(wireType, field);
  }
  return files;
}
