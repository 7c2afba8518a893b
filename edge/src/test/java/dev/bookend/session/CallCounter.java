package dev.bookend.session;

import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.lang.instrument.UnmodifiableClassException;
import java.security.ProtectionDomain;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import net.bytebuddy.agent.ByteBuddyAgent;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/**
 * Counts, by thread, the calls that DJL makes into PyTorch's native library and the direct buffers
 * that DJL and Bookend allocate. While it is open every place in their byte code that does either
 * reports itself first; closing it puts the byte code back. One at a time.
 */
public final class CallCounter implements AutoCloseable {
  private static final String DIRECT_BUFFER = "ByteBuffer.allocateDirect";
  private static final Map<String, Map<String, Integer>> CALLS = new TreeMap<>();

  private final Instrumentation instrumentation = ByteBuddyAgent.install();
  private final ClassFileTransformer reporting = new Reporting();

  CallCounter() {
    instrumentation.addTransformer(reporting, true);
    retransform();
    reset();
  }

  /** Called by the changed byte code, hence public. */
  public static synchronized void called(String method) {
    CALLS
        .computeIfAbsent(Thread.currentThread().getName(), thread -> new TreeMap<>())
        .merge(method, 1, Integer::sum);
  }

  void reset() {
    synchronized (CallCounter.class) {
      CALLS.clear();
    }
  }

  /** What a thread has called since the last reset. */
  Calls of(String thread) {
    synchronized (CallCounter.class) {
      return new Calls(new TreeMap<>(CALLS.getOrDefault(thread, Map.of())));
    }
  }

  /** How often each method was called. */
  record Calls(Map<String, Integer> byMethod) {
    int intoPyTorch() {
      return byMethod.values().stream().mapToInt(Integer::intValue).sum() - directBuffers();
    }

    int directBuffers() {
      return count(DIRECT_BUFFER);
    }

    int count(String... methods) {
      return Stream.of(methods).mapToInt(method -> byMethod.getOrDefault(method, 0)).sum();
    }
  }

  @Override
  public void close() {
    instrumentation.removeTransformer(reporting);
    retransform();
  }

  private void retransform() {
    Class<?>[] loaded =
        Stream.of(instrumentation.getAllLoadedClasses())
            .filter(type -> isCounted(type.getName().replace('.', '/')))
            .filter(instrumentation::isModifiableClass)
            .toArray(Class<?>[]::new);
    try {
      instrumentation.retransformClasses(loaded);
    } catch (UnmodifiableClassException e) {
      throw new IllegalStateException(e);
    }
  }

  private static boolean isCounted(String internalName) {
    return internalName.startsWith("ai/djl/") || internalName.startsWith("dev/bookend/");
  }

  private static final class Reporting implements ClassFileTransformer {
    @Override
    public byte[] transform(
        ClassLoader loader,
        String name,
        Class<?> redefined,
        ProtectionDomain domain,
        byte[] content) {
      if (name == null || !isCounted(name)) {
        return null;
      }
      ClassReader reader = new ClassReader(content);
      ClassWriter writer = new ClassWriter(reader, ClassWriter.COMPUTE_MAXS);
      reader.accept(
          new ClassVisitor(Opcodes.ASM9, writer) {
            @Override
            public MethodVisitor visitMethod(
                int access, String method, String descriptor, String signature, String[] thrown) {
              return new ReportingCalls(
                  super.visitMethod(access, method, descriptor, signature, thrown));
            }
          },
          0);
      return writer.toByteArray();
    }
  }

  private static final class ReportingCalls extends MethodVisitor {
    ReportingCalls(MethodVisitor next) {
      super(Opcodes.ASM9, next);
    }

    @Override
    public void visitMethodInsn(
        int opcode, String owner, String name, String descriptor, boolean isInterface) {
      boolean allocates = owner.equals("java/nio/ByteBuffer") && name.equals("allocateDirect");
      if (allocates || (owner.endsWith("/PyTorchLibrary") && !name.equals("<init>"))) {
        super.visitLdcInsn(allocates ? DIRECT_BUFFER : name);
        super.visitMethodInsn(
            Opcodes.INVOKESTATIC,
            CallCounter.class.getName().replace('.', '/'),
            "called",
            "(Ljava/lang/String;)V",
            false);
      }
      super.visitMethodInsn(opcode, owner, name, descriptor, isInterface);
    }
  }
}
