//! Counts what a component holds, and validates it on the way. Linear in its size.

use nuan_vocabulary::diagnostic::Diagnostic;
use wasmparser::component_types::ComponentEntityType;
use wasmparser::types::Types;
use wasmparser::{
    CompositeInnerType, Encoding, FuncToValidate, FuncValidatorAllocations, FunctionBody, Instance, Parser, Payload,
    ValidPayload, Validator, ValidatorResources, WasmFeatures, WasmModuleResources,
};

use super::{TYPES, mistake};

/// What a component holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Census {
    /// Its size.
    pub bytes: usize,
    /// What it imports.
    pub imports: Vec<String>,
    /// What it exports.
    pub exports: Vec<String>,
    /// Functions of all modules.
    pub functions: usize,
    /// Their parameters.
    pub parameters: usize,
    /// The parameters of the function that has most.
    pub most_parameters: usize,
    /// The code of the largest function.
    pub most_function_bytes: usize,
    /// The local variables of the function that has most.
    pub most_locals: u32,
    /// Blocks within blocks, at the deepest place.
    pub most_nesting: u32,
    /// Core modules that are instantiated.
    pub core_instances: usize,
    /// Linear memories.
    pub memories: usize,
    /// What they begin with.
    pub memory_bytes: usize,
    /// What all tables begin with.
    pub table_elements: usize,
    /// Whether anything runs before the first call.
    pub has_start: bool,
    pub(super) functions_in_types: Vec<String>,
}

/// What a plugin may use: the second edition of WebAssembly with its fixed-width SIMD, and plain components.
fn features() -> WasmFeatures {
    WasmFeatures::WASM2 | WasmFeatures::EXTENDED_CONST | WasmFeatures::COMPONENT_MODEL
}

/// Counts, or says where the component is not valid.
pub(super) fn count(component: &[u8]) -> Result<Census, Diagnostic> {
    let mut census = Census { bytes: component.len(), ..Census::default() };
    let mut validator = Validator::new_with_features(features());
    let mut allocations = FuncValidatorAllocations::default();
    let mut depth: usize = 0;
    let mut types = None;
    for payload in Parser::new(0).parse_all(component) {
        let payload = payload.map_err(|error| not_valid(&error))?;
        match &payload {
            Payload::Version { encoding: Encoding::Module, .. } if depth == 0 => {
                let hint = "`cargo xtask guests` wraps modules as components";
                return Err(mistake("NU3302", "this is a core module, not a component").with_hint(hint));
            }
            Payload::Version { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            _ => {}
        }
        match validator.payload(&payload).map_err(|error| not_valid(&error))? {
            ValidPayload::Func(function, body) => {
                allocations = census.function(function, &body, allocations).map_err(|error| not_valid(&error))?;
            }
            ValidPayload::End(found) if depth == 0 => types = Some(found),
            _ => {}
        }
        census.payload(payload, depth == 1).map_err(|error| not_valid(&error))?;
    }
    if let Some(types) = types {
        census.look_into_types(&types);
    }
    Ok(census)
}

fn not_valid(error: &wasmparser::Error) -> Diagnostic {
    mistake("NU3302", format!("not a valid component, or one with a feature that plugins may not use: {error}"))
}

impl Census {
    fn payload(&mut self, payload: Payload<'_>, is_outermost: bool) -> wasmparser::Result<()> {
        match payload {
            Payload::MemorySection(memories) => {
                for memory in memories {
                    let bytes = usize::try_from(memory?.initial).unwrap_or(usize::MAX).saturating_mul(64 << 10);
                    self.memories += 1;
                    self.memory_bytes = self.memory_bytes.saturating_add(bytes);
                }
            }
            Payload::TableSection(tables) => {
                for table in tables {
                    let elements = usize::try_from(table?.ty.initial).unwrap_or(usize::MAX);
                    self.table_elements = self.table_elements.saturating_add(elements);
                }
            }
            Payload::InstanceSection(instances) => {
                for instance in instances {
                    self.core_instances += usize::from(matches!(instance?, Instance::Instantiate { .. }));
                }
            }
            Payload::StartSection { .. } | Payload::ComponentStartSection { .. } => self.has_start = true,
            Payload::ComponentImportSection(imports) if is_outermost => {
                for import in imports {
                    self.imports.push(import?.name.name.to_owned());
                }
            }
            Payload::ComponentExportSection(exports) if is_outermost => {
                for export in exports {
                    self.exports.push(export?.name.name.to_owned());
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn function(
        &mut self,
        function: FuncToValidate<ValidatorResources>,
        body: &FunctionBody<'_>,
        allocations: FuncValidatorAllocations,
    ) -> wasmparser::Result<FuncValidatorAllocations> {
        let parameters =
            function.resources.sub_type_at(function.ty).map_or(0, |found| match &found.composite_type.inner {
                CompositeInnerType::Func(function) => function.params().len(),
                _ => 0,
            });
        self.functions += 1;
        self.parameters = self.parameters.saturating_add(parameters);
        self.most_parameters = self.most_parameters.max(parameters);
        self.most_function_bytes = self.most_function_bytes.max(body.range().len());
        let mut validator = function.into_validator(allocations);
        let mut reader = body.get_binary_reader();
        validator.read_locals(&mut reader)?;
        reader.set_features(features());
        self.most_locals = self.most_locals.max(validator.len_locals());
        while !reader.eof() {
            let position = reader.original_position();
            reader.visit_operator(&mut validator.visitor(position))??;
            self.most_nesting = self.most_nesting.max(validator.control_stack_height());
        }
        reader.finish_expression(&validator.visitor(reader.original_position()))?;
        Ok(validator.into_allocations())
    }

    /// An interface of types alone must not smuggle a function in.
    fn look_into_types(&mut self, types: &Types) {
        for import in self.imports.iter().filter(|name| name.split('@').next() == Some(TYPES)) {
            let Some(item) = types.component_item_for_import(import) else { continue };
            let ComponentEntityType::Instance(instance) = item.ty else {
                self.functions_in_types.push(import.clone());
                continue;
            };
            let others =
                types[instance].exports.iter().filter(|(_, item)| !matches!(item.ty, ComponentEntityType::Type { .. }));
            self.functions_in_types.extend(others.map(|(name, _)| name.clone()));
        }
    }
}
