# Incomplete answers of 8 people to nine items: their unrestricted covariance matrix is singular.
source("../write_case.R")
fit <- sem(read_model(), data = read_data("few_people_1.csv"), missing = "fiml")
write_case(fit)
