package dev.bookend.cli;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import org.junit.jupiter.api.Test;

/** The rules of docs/architecture.md, held against the class files of all modules. */
class ArchitectureTest {
  private static final JavaClasses BOOKEND =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .withImportOption(location -> !location.contains("-tests.jar"))
          .importPackages("dev.bookend");

  /** Each package by itself, also where another one's name begins with its own. */
  private static final SliceAssignment PACKAGES =
      new SliceAssignment() {
        @Override
        public SliceIdentifier getIdentifierOf(JavaClass javaClass) {
          return SliceIdentifier.of(javaClass.getPackageName());
        }

        @Override
        public String getDescription() {
          return "packages";
        }
      };

  @Test
  void noPackagesDependOnEachOtherInACircle() {
    slices().assignedFrom(PACKAGES).should().beFreeOfCycles().check(BOOKEND);
  }

  @Test
  void modulesDependInOneDirection() {
    layeredArchitecture()
        .consideringOnlyDependenciesInLayers()
        .layer("command line")
        .definedBy("dev.bookend.cli..")
        .layer("evaluation")
        .definedBy("dev.bookend.evaluation..")
        .layer("server")
        .definedBy("dev.bookend.server..")
        .layer("export")
        .definedBy("dev.bookend.export..")
        .layer("edge")
        .definedBy(
            "dev.bookend",
            "dev.bookend.session..",
            "dev.bookend.remote..",
            "dev.bookend.decoding..",
            "dev.bookend.speculation..",
            "dev.bookend.embedded..",
            "dev.bookend.link..",
            "dev.bookend.tunnel..",
            "dev.bookend.diagnosis..",
            "dev.bookend.history..",
            "dev.bookend.grammar..",
            "dev.bookend.split..",
            "dev.bookend.conversation..",
            "dev.bookend.training..",
            "dev.bookend.learning..",
            "dev.bookend.background..")
        .layer("triton client")
        .definedBy("dev.bookend.triton..")
        .layer("model")
        .definedBy("dev.bookend.model..", "dev.bookend.error..")
        .whereLayer("command line")
        .mayNotBeAccessedByAnyLayer()
        .whereLayer("evaluation")
        .mayOnlyBeAccessedByLayers("server", "command line")
        .whereLayer("server")
        .mayOnlyBeAccessedByLayers("command line")
        .whereLayer("export")
        .mayOnlyBeAccessedByLayers("command line")
        .whereLayer("edge")
        .mayOnlyBeAccessedByLayers("evaluation", "server", "command line")
        .whereLayer("triton client")
        .mayOnlyBeAccessedByLayers("edge", "evaluation", "command line")
        .whereLayer("model")
        .mayOnlyBeAccessedByLayers("edge", "export", "evaluation", "server", "command line")
        .check(BOOKEND);
  }

  @Test
  void theFrontDoorIsBelowNothingButItsUsers() {
    noClasses()
        .that()
        .resideInAnyPackage(
            "dev.bookend.session..",
            "dev.bookend.remote..",
            "dev.bookend.decoding..",
            "dev.bookend.speculation..",
            "dev.bookend.embedded..",
            "dev.bookend.link..",
            "dev.bookend.tunnel..",
            "dev.bookend.history..",
            "dev.bookend.grammar..",
            "dev.bookend.split..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "dev.bookend",
            "dev.bookend.training..",
            "dev.bookend.conversation..",
            "dev.bookend.diagnosis..")
        .check(BOOKEND);
  }

  @Test
  void grammarsKnowTheModelOnly() {
    noClasses()
        .that()
        .resideInAPackage("dev.bookend.grammar..")
        .should()
        .dependOnClassesThat(
            resideInAPackage("dev.bookend..")
                .and(
                    not(
                        resideInAnyPackage(
                            "dev.bookend.grammar..",
                            "dev.bookend.model..",
                            "dev.bookend.error.."))))
        .check(BOOKEND);
  }

  @Test
  void onlyTheWireKnowsProtobuf() {
    noClasses()
        .that()
        .resideOutsideOfPackages("dev.bookend.triton..", "dev.bookend.embedded..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("dev.bookend.triton.proto..", "io.grpc..")
        .check(BOOKEND);
  }

  @Test
  void onlyWhatComputesKnowsDjl() {
    noClasses()
        .that()
        .resideOutsideOfPackages(
            "dev.bookend.model.runtime..",
            "dev.bookend.model.tokenizer..",
            "dev.bookend.session..",
            "dev.bookend.remote..",
            "dev.bookend.embedded..",
            "dev.bookend.split..",
            "dev.bookend.training..",
            "dev.bookend.speculation",
            "dev.bookend.speculation.drafthead..",
            "dev.bookend.speculation.draftmodel..",
            "dev.bookend.evaluation.attack..",
            "dev.bookend.cli..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("ai.djl..")
        .check(BOOKEND);
  }

  @Test
  void librariesLeaveTheJvmToTheProgram() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.bookend.cli..")
        .should()
        .callMethod(System.class, "exit", int.class)
        .orShould()
        .callMethod(System.class, "gc")
        .orShould()
        .callMethod(Runtime.class, "exit", int.class)
        .orShould()
        .callMethod(Runtime.class, "gc")
        .orShould()
        .callMethod(System.class, "setProperty", String.class, String.class)
        .check(BOOKEND);
  }
}
