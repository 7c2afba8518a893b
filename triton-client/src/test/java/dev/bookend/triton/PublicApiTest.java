package dev.bookend.triton;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaMember;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaType;
import com.tngtech.archunit.core.domain.properties.HasModifiers;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What a caller of the client can see. */
class PublicApiTest {
  private static final String GENERATED = "dev.bookend.triton.proto..";
  private static final DescribedPredicate<JavaClass> WIRE =
      resideInAnyPackage(GENERATED, "com.google.protobuf..", "io.grpc..");

  @Test
  void noSignatureShowsATypeOfProtobufOrGrpc() {
    classes()
        .that(DescribedPredicate.describe("are visible to callers", PublicApiTest::isVisible))
        .and()
        .resideOutsideOfPackage(GENERATED)
        .should(showNoTypeOfTheWire())
        .check(new ClassFileImporter().importPath(Path.of("target/classes")));
  }

  private static boolean isVisible(JavaClass type) {
    return isVisible((HasModifiers) type)
        && type.getEnclosingClass().map(PublicApiTest::isVisible).orElse(true);
  }

  private static boolean isVisible(HasModifiers what) {
    return what.getModifiers().contains(JavaModifier.PUBLIC)
        || what.getModifiers().contains(JavaModifier.PROTECTED);
  }

  private static ArchCondition<JavaClass> showNoTypeOfTheWire() {
    return new ArchCondition<>("show no type of protobuf or gRPC") {
      @Override
      public void check(JavaClass type, ConditionEvents events) {
        Stream.of(type.getSuperclass().stream(), type.getInterfaces().stream(), parameters(type))
            .flatMap(types -> types)
            .flatMap(shown -> shown.getAllInvolvedRawTypes().stream())
            .filter(WIRE)
            .forEach(shown -> report(type.getDescription(), shown, events));
        // Inherited members, too: a superclass need not be visible itself.
        type.getAllMembers().stream()
            .filter(PublicApiTest::isVisible)
            .forEach(
                member ->
                    types(member).stream()
                        .filter(WIRE)
                        .forEach(shown -> report(member.getDescription(), shown, events)));
      }
    };
  }

  private static Stream<? extends JavaType> parameters(JavaClass type) {
    return type.getTypeParameters().stream();
  }

  private static Set<JavaClass> types(JavaMember member) {
    Set<JavaClass> types = new HashSet<>(member.getAllInvolvedRawTypes());
    if (member instanceof JavaCodeUnit code) {
      types.addAll(code.getExceptionTypes());
    }
    return types;
  }

  private static void report(String where, JavaClass shown, ConditionEvents events) {
    String message = where + " shows " + shown.getName();
    events.add(SimpleConditionEvent.violated(where, message));
  }
}
