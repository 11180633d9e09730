using System.Collections.Immutable;
using System.Reflection;
using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace Raft.Tests.Architecture;

/// <summary>That a type of one folder uses a type of another.</summary>
/// <param name="From">The folder of the type that uses; empty for the project's own folder.</param>
/// <param name="To">The folder of the type that is used.</param>
/// <param name="Because">The two types.</param>
public sealed record FolderReference(string From, string To, string Because);

/// <summary>
/// Reads from a compiled assembly which of its folders (namespaces) use which: base types, interfaces, constraints, attributes,
/// fields, signatures, and whatever the body of a method names.
/// </summary>
/// <remarks>Constants and <c>nameof</c> are not seen: the compiler leaves nothing of them.</remarks>
public sealed class FolderReferences : ISignatureTypeProvider<bool, bool>
{
    private static readonly Dictionary<int, OperandType> Operands = typeof(OpCodes)
        .GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(static field => (OpCode)field.GetValue(null)!)
        .ToDictionary(static code => (int)(ushort)code.Value, static code => code.OperandType);

    private readonly MetadataReader _reader;
    private readonly PEReader _file;
    private readonly string _root;
    private readonly HashSet<TypeDefinitionHandle> _used = [];

    private FolderReferences(PEReader file, string root)
    {
        _file = file;
        _reader = file.GetMetadataReader();
        _root = root;
    }

    /// <summary>Reads an assembly whose root namespace is its name.</summary>
    /// <returns>One reference for each pair of folders and types.</returns>
    public static ImmutableArray<FolderReference> Of(Assembly assembly)
    {
        using var file = new PEReader(File.OpenRead(assembly.Location));
        return new FolderReferences(file, assembly.GetName().Name!).Read();
    }

    private ImmutableArray<FolderReference> Read()
    {
        var references = new HashSet<FolderReference>();
        foreach (var handle in _reader.TypeDefinitions)
        {
            _used.Clear();
            Visit(_reader.GetTypeDefinition(handle));
            var from = Place(handle);
            foreach (var to in _used.Select(Place))
            {
                if (from.Folder is { } source && to.Folder is { } target && source != target)
                {
                    references.Add(new FolderReference(source, target, $"{from.Type} uses {to.Type}"));
                }
            }
        }

        return [.. references.OrderBy(static reference => reference.ToString(), StringComparer.Ordinal)];
    }

    /// <summary>The folder and the outermost type that hold a type; no folder for what the compiler adds.</summary>
    private (string? Folder, string Type) Place(TypeDefinitionHandle handle)
    {
        var type = _reader.GetTypeDefinition(handle);
        while (!type.GetDeclaringType().IsNil)
        {
            type = _reader.GetTypeDefinition(type.GetDeclaringType());
        }

        var name = _reader.GetString(type.Name);
        var space = _reader.GetString(type.Namespace);
        return space == _root || (space.Length == 0 && name == "Program") ? (string.Empty, name)
            : space.StartsWith(_root + ".", StringComparison.Ordinal) ? (space[(_root.Length + 1)..].Replace('.', '/'), name)
            : (null, name);
    }

    private void Visit(TypeDefinition type)
    {
        Use(type.BaseType);
        Use(type.GetCustomAttributes());
        Use(type.GetGenericParameters());
        foreach (var handle in type.GetInterfaceImplementations())
        {
            Use(_reader.GetInterfaceImplementation(handle).Interface);
        }

        foreach (var field in type.GetFields().Select(_reader.GetFieldDefinition))
        {
            field.DecodeSignature(this, false);
            Use(field.GetCustomAttributes());
        }

        foreach (var property in type.GetProperties().Select(_reader.GetPropertyDefinition))
        {
            Use(property.GetCustomAttributes());
        }

        foreach (var happening in type.GetEvents().Select(_reader.GetEventDefinition))
        {
            Use(happening.Type);
            Use(happening.GetCustomAttributes());
        }

        foreach (var method in type.GetMethods().Select(_reader.GetMethodDefinition))
        {
            Visit(method);
        }
    }

    private void Visit(MethodDefinition method)
    {
        method.DecodeSignature(this, false);
        Use(method.GetCustomAttributes());
        Use(method.GetGenericParameters());
        foreach (var parameter in method.GetParameters().Select(_reader.GetParameter))
        {
            Use(parameter.GetCustomAttributes());
        }

        if (method.RelativeVirtualAddress == 0)
        {
            return;
        }

        var body = _file.GetMethodBody(method.RelativeVirtualAddress);
        if (!body.LocalSignature.IsNil)
        {
            _reader.GetStandaloneSignature(body.LocalSignature).DecodeLocalSignature(this, false);
        }

        foreach (var region in body.ExceptionRegions)
        {
            Use(region.CatchType);
        }

        Visit(body.GetILReader());
    }

    private void Visit(BlobReader code)
    {
        while (code.RemainingBytes > 0)
        {
            var value = (int)code.ReadByte();
            var operand = Operands[value == 0xFE ? (value << 8) | code.ReadByte() : value];
            switch (operand)
            {
                case OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineType:
                    Use(MetadataTokens.EntityHandle(code.ReadInt32()));
                    break;
                case OperandType.InlineSwitch:
                    var targets = code.ReadInt32();
                    code.Offset += sizeof(int) * targets;
                    break;
                default:
                    code.Offset += Length(operand);
                    break;
            }
        }
    }

    private static int Length(OperandType operand) => operand switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        _ => 4,
    };

    private void Use(CustomAttributeHandleCollection attributes)
    {
        foreach (var handle in attributes)
        {
            Use(_reader.GetCustomAttribute(handle).Constructor);
        }
    }

    private void Use(GenericParameterHandleCollection parameters)
    {
        foreach (var constraint in parameters.SelectMany(handle => _reader.GetGenericParameter(handle).GetConstraints()))
        {
            Use(_reader.GetGenericParameterConstraint(constraint).Type);
        }
    }

    private void Use(EntityHandle handle)
    {
        if (handle.IsNil)
        {
            return;
        }

        switch (handle.Kind)
        {
            case HandleKind.TypeDefinition:
                _used.Add((TypeDefinitionHandle)handle);
                break;
            case HandleKind.TypeSpecification:
                _reader.GetTypeSpecification((TypeSpecificationHandle)handle).DecodeSignature(this, false);
                break;
            case HandleKind.MethodDefinition:
                Use(_reader.GetMethodDefinition((MethodDefinitionHandle)handle).GetDeclaringType());
                break;
            case HandleKind.FieldDefinition:
                Use(_reader.GetFieldDefinition((FieldDefinitionHandle)handle).GetDeclaringType());
                break;
            case HandleKind.MemberReference:
                Use(_reader.GetMemberReference((MemberReferenceHandle)handle).Parent);
                break;
            case HandleKind.MethodSpecification:
                var method = _reader.GetMethodSpecification((MethodSpecificationHandle)handle);
                Use(method.Method);
                method.DecodeSignature(this, false);
                break;
            default:
                // A type of another assembly.
                break;
        }
    }

    bool ISimpleTypeProvider<bool>.GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind) =>
        _used.Add(handle);

    bool ISignatureTypeProvider<bool, bool>.GetTypeFromSpecification(
        MetadataReader reader, bool genericContext, TypeSpecificationHandle handle, byte rawTypeKind) =>
        reader.GetTypeSpecification(handle).DecodeSignature(this, false);

    bool ISimpleTypeProvider<bool>.GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind) =>
        false;

    bool ISimpleTypeProvider<bool>.GetPrimitiveType(PrimitiveTypeCode typeCode) => false;

    bool ISZArrayTypeProvider<bool>.GetSZArrayType(bool elementType) => false;

    bool IConstructedTypeProvider<bool>.GetArrayType(bool elementType, ArrayShape shape) => false;

    bool IConstructedTypeProvider<bool>.GetByReferenceType(bool elementType) => false;

    bool IConstructedTypeProvider<bool>.GetGenericInstantiation(bool genericType, ImmutableArray<bool> typeArguments) => false;

    bool IConstructedTypeProvider<bool>.GetPointerType(bool elementType) => false;

    bool ISignatureTypeProvider<bool, bool>.GetFunctionPointerType(MethodSignature<bool> signature) => false;

    bool ISignatureTypeProvider<bool, bool>.GetGenericMethodParameter(bool genericContext, int index) => false;

    bool ISignatureTypeProvider<bool, bool>.GetGenericTypeParameter(bool genericContext, int index) => false;

    bool ISignatureTypeProvider<bool, bool>.GetModifiedType(bool modifier, bool unmodifiedType, bool isRequired) => false;

    bool ISignatureTypeProvider<bool, bool>.GetPinnedType(bool elementType) => false;
}
