import type {
	ExecutionStatus,
	IConnections,
	IDataObject,
	INode,
	IPinData,
	IRunExecutionData,
	IWorkflowSettings,
	WorkflowExecuteMode,
} from 'n8n-workflow';

export interface CredentialInput {
	type: string;
	name: string;
	data: IDataObject;
}

export interface CredentialTestResult {
	status: 'OK' | 'Error';
	message: string;
}

export interface WorkflowInput {
	name: string;
	nodes: INode[];
	connections: IConnections;
	settings?: IWorkflowSettings;
	/** Sample output of nodes, by their names, which manual runs take instead of running them. */
	pinData?: IPinData;
	staticData?: IDataObject | null;
}

export interface StoredWorkflow extends WorkflowInput {
	id: string;
	/** Of the draft. */
	versionId: string;
	/** Of what is published; null if nothing is. */
	activeVersionId: string | null;
	active: boolean;
	staticData: IDataObject | null;
}

/** n8n 2.x's account of a publication. */
export interface PublicationStatus {
	status: 'in_progress' | 'not_published' | 'published' | 'partial' | 'failed';
	liveVersionId: string | null;
	pendingVersionId: string | null;
	triggers: Array<{ nodeId: string; status: string; errorMessage: string | null }>;
}

export interface ExecutionSummary {
	id: string;
	workflowId: string;
	status: ExecutionStatus;
	mode: WorkflowExecuteMode;
	startedAt: string | null;
	stoppedAt: string | null;
}

export interface Execution extends ExecutionSummary {
	finished: boolean;
	data: IRunExecutionData;
}
