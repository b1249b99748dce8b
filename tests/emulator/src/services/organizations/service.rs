//! Organizations as a service: its protocol, its model and its operations.

use crate::iam::permissions::RequiredAction;
use crate::protocol::error::AwsError;
use crate::protocol::model::definition::Model;
use crate::protocol::model::violation::Violation;
use crate::protocol::response::Body;
use crate::protocol::service::{Command, Service};
use crate::protocol::wire_protocol::WireProtocol;
use crate::services::organizations::model::MODEL;
use crate::services::organizations::{
    accounts, actions, closure, creation, delegation, foundation, handshakes, membership, policies, tags, tree, world,
};
use crate::world::state::State;

/// AWS Organizations.
pub(crate) struct Organizations;

impl Service for Organizations {
    fn name(&self) -> &'static str {
        "organizations"
    }

    fn protocol(&self) -> WireProtocol {
        WireProtocol::Json11
    }

    fn model(&self) -> &'static Model {
        &MODEL
    }

    fn message_member(&self) -> &'static str {
        "Message"
    }

    fn invalid_input(&self, violation: &Violation) -> AwsError {
        AwsError::new("InvalidInputException", 400, &violation.message).with("Reason", "INVALID_PATTERN")
    }

    fn access_denied(&self, message: &str) -> AwsError {
        AwsError::new("AccessDeniedException", 400, message)
    }

    fn check_world(&self, state: &State) -> Result<(), String> {
        world::check(state)
    }

    fn required_actions(&self, state: &State, command: &Command<'_>) -> Vec<RequiredAction> {
        actions::required(state, command.operation, command.input)
    }

    fn perform(&self, state: &mut State, command: &Command<'_>) -> Result<Body, AwsError> {
        let (caller, input) = (command.caller, command.input);
        let answer = match command.operation {
            "AcceptHandshake" => handshakes::accept(state, caller, input),
            "CloseAccount" => closure::close(state, caller, input),
            "CreateAccount" => creation::create(state, caller, input),
            "CreateOrganization" => foundation::create(state, caller, input),
            "CreateOrganizationalUnit" => tree::create_unit(state, caller, input),
            "DeleteOrganizationalUnit" => tree::delete_unit(state, caller, input),
            "DeregisterDelegatedAdministrator" => delegation::deregister(state, caller, input),
            "DescribeAccount" => accounts::describe(state, caller, input),
            "DescribeCreateAccountStatus" => creation::describe(state, caller, input),
            "DescribeHandshake" => handshakes::describe(state, caller, input),
            "DescribeOrganization" => accounts::describe_organization(state, caller),
            "DescribeOrganizationalUnit" => tree::describe_unit(state, caller, input),
            "DisableAWSServiceAccess" => delegation::disable_service(state, caller, input),
            "EnableAWSServiceAccess" => delegation::enable_service(state, caller, input),
            "InviteAccountToOrganization" => handshakes::invite(state, caller, input),
            "LeaveOrganization" => membership::leave(state, caller),
            "ListAWSServiceAccessForOrganization" => delegation::list_services(state, caller, input),
            "ListAccounts" => accounts::list(state, caller, input),
            "ListAccountsForParent" => accounts::list_for_parent(state, caller, input),
            "ListChildren" => tree::children(state, caller, input),
            "ListCreateAccountStatus" => creation::list(state, caller, input),
            "ListDelegatedAdministrators" => delegation::list(state, caller, input),
            "ListDelegatedServicesForAccount" => delegation::list_for_account(state, caller, input),
            "ListHandshakesForOrganization" => handshakes::list(state, caller, input),
            "ListOrganizationalUnitsForParent" => tree::units(state, caller, input),
            "ListParents" => tree::parents(state, caller, input),
            "ListPolicies" => policies::list(state, caller, input),
            "ListPoliciesForTarget" => policies::list_for_target(state, caller, input),
            "ListRoots" => tree::roots(state, caller, input),
            "ListTagsForResource" => tags::list(state, caller, input),
            "MoveAccount" => tree::move_account(state, caller, input),
            "RegisterDelegatedAdministrator" => delegation::register(state, caller, input),
            "RemoveAccountFromOrganization" => membership::remove(state, caller, input),
            "TagResource" => tags::tag(state, caller, input),
            "UntagResource" => tags::untag(state, caller, input),
            "UpdateOrganizationalUnit" => tree::update_unit(state, caller, input),
            other => Err(AwsError::not_implemented(&format!("organizations:{other}"))),
        };
        answer.map(Body::Json)
    }
}
